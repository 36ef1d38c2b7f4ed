import java.io.BufferedReader;
import java.io.File;
import java.io.FileInputStream;
import java.io.InputStreamReader;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import javax.mail.internet.InternetAddress;
import javax.mail.internet.MimeMessage;
import org.springframework.mail.javamail.JavaMailSenderImpl;

/**
 * Spring's own mail sender with the properties of a file, set as Spring Boot sets them (MailSenderPropertiesConfiguration).
 *
 * Each line on standard input is a request, and gets one line of JSON: `read FILE` or `send FILE RECIPIENT`.
 */
public class JavaMail {
    static final String PREFIX = "spring.mail.";

    public static void main(String[] arguments) throws Exception {
        BufferedReader requests = new BufferedReader(new InputStreamReader(System.in));
        for (String request; (request = requests.readLine()) != null; ) {
            String[] words = request.split("\t");
            try {
                JavaMailSenderImpl sender = sender(words[1]);
                System.out.println(words[0].equals("read") ? Json.text(told(sender)) : send(sender, words[2]));
            } catch (Exception error) {
                System.out.println(Json.text(Map.of("failed", String.valueOf(error))));
            }
        }
    }

    static JavaMailSenderImpl sender(String file) throws Exception {
        Properties all = new Properties();
        try (FileInputStream stream = new FileInputStream(new File(file))) {
            all.load(stream);
        }
        JavaMailSenderImpl sender = new JavaMailSenderImpl();
        sender.setHost(all.getProperty(PREFIX + "host"));
        sender.setPort(Integer.parseInt(all.getProperty(PREFIX + "port")));
        sender.setUsername(all.getProperty(PREFIX + "username"));
        sender.setPassword(all.getProperty(PREFIX + "password"));
        sender.setProtocol(all.getProperty(PREFIX + "protocol"));
        Properties own = new Properties();
        for (String name : all.stringPropertyNames()) {
            if (name.startsWith(PREFIX + "properties.")) {
                own.setProperty(name.substring((PREFIX + "properties.").length()), all.getProperty(name));
            }
        }
        sender.setJavaMailProperties(own);
        return sender;
    }

    static Map<String, String> told(JavaMailSenderImpl sender) throws Exception {
        Map<String, String> values = new TreeMap<>();
        Properties session = sender.getSession().getProperties();
        session.stringPropertyNames().forEach(name -> values.put(name, session.getProperty(name)));
        values.put("host", sender.getHost());
        values.put("port", String.valueOf(sender.getPort()));
        values.put("username", sender.getUsername());
        values.put("password", sender.getPassword());
        return values;
    }

    static String send(JavaMailSenderImpl sender, String recipient) throws Exception {
        MimeMessage message = sender.createMimeMessage();
        message.setFrom();
        message.setRecipient(MimeMessage.RecipientType.TO, new InternetAddress(recipient));
        message.setSubject("hello");
        message.setText("hello");
        sender.send(message);
        return Json.text(Map.of());
    }
}
