import jakarta.mail.Message;
import jakarta.mail.PasswordAuthentication;
import jakarta.mail.Session;
import jakarta.mail.Transport;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import jakarta.servlet.ServletContextEvent;
import jakarta.servlet.ServletContextListener;
import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.file.Files;
import java.util.Map;
import java.util.TreeMap;
import javax.naming.InitialContext;
import org.apache.catalina.LifecycleState;
import org.apache.catalina.core.StandardContext;
import org.apache.catalina.core.StandardHost;
import org.apache.catalina.startup.ContextConfig;
import org.apache.catalina.startup.Tomcat;

/**
 * A Tomcat whose host has the `context.xml.default` of a folder, and an application that looks `mail/Session` up.
 *
 * Each line on standard input is a request, and gets one line of JSON: `read FILE` or `send FILE RECIPIENT`.
 */
public class TomcatMail {
    public static void main(String[] arguments) throws Exception {
        PrintStream answers = System.out;
        System.setOut(System.err);
        BufferedReader requests = new BufferedReader(new InputStreamReader(System.in));
        for (String request; (request = requests.readLine()) != null; ) {
            String[] words = request.split("\t");
            answers.println(Json.text(answer(words[1], words[0].equals("read") ? null : words[2])));
        }
    }

    /** Start Tomcat, do the work while the application starts, and stop it again. */
    static Map<String, String> answer(String file, String recipient) throws Exception {
        Map<String, String> values = new TreeMap<>();
        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir(Files.createTempDirectory("tomcat").toString());
        StandardHost host = (StandardHost) tomcat.getHost();
        host.setXmlBase(new File(file).getParent());
        tomcat.enableNaming();
        StandardContext context = new StandardContext();
        context.setPath("");
        context.setDocBase(Files.createTempDirectory("application").toString());
        ContextConfig config = new ContextConfig();
        config.setDefaultWebXml("org/apache/catalina/startup/NO_DEFAULT_XML");
        context.addLifecycleListener(config);
        context.addServletContainerInitializer((classes, servlets) -> servlets.addListener(new ServletContextListener() {
            @Override
            public void contextInitialized(ServletContextEvent event) {
                try {
                    Session session = (Session) new InitialContext().lookup("java:comp/env/mail/Session");
                    if (recipient == null) {
                        tell(session, values);
                    } else {
                        send(session, recipient);
                    }
                } catch (Exception error) {
                    values.put("failed", error + " " + error.getCause());
                }
            }
        }), null);
        host.addChild(context);
        tomcat.start();
        if (context.getState() != LifecycleState.STARTED) {
            values.putIfAbsent("failed", "the application did not start");
        }
        tomcat.stop();
        tomcat.destroy();
        return values;
    }

    static void tell(Session session, Map<String, String> values) {
        session.getProperties().stringPropertyNames().forEach(name -> values.put(name, session.getProperty(name)));
        PasswordAuthentication login = session.requestPasswordAuthentication(null, 0, "smtp", null, null);
        values.put("username", login == null ? null : login.getUserName());
        values.put("password", login == null ? null : login.getPassword());
    }

    static void send(Session session, String recipient) throws Exception {
        MimeMessage message = new MimeMessage(session);
        message.setFrom();
        message.setRecipient(Message.RecipientType.TO, new InternetAddress(recipient));
        message.setSubject("hello");
        message.setText("hello");
        Transport.send(message);
    }
}
